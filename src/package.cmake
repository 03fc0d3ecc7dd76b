# What `cmake --install` gives, in two components:
#   program      bin/eagain
#   development  the libraries, their headers, and the package for find_package(eagain)
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

set(EAGAIN_PACKAGE_DIR ${CMAKE_INSTALL_LIBDIR}/cmake/eagain)

# The current folder's library, as eagain::NAME of the set, with its headers as "eagain/AS/...".
function(eagain_install_module name as set)
  # Who uses it needs the language it is written in.
  target_compile_features(eagain_${name} PUBLIC cxx_std_${CMAKE_CXX_STANDARD})
  target_include_directories(eagain_${name} PUBLIC $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>)
  install(TARGETS eagain_${name} EXPORT ${set} ARCHIVE COMPONENT development)
  install(DIRECTORY ${CMAKE_CURRENT_SOURCE_DIR}/ DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/eagain/${as}
          COMPONENT development FILES_MATCHING PATTERN "*.h")
endfunction()

# The package, when all of its modules are known.
function(eagain_install_package)
  set(sets eagain)
  if(TARGET eagain_mocks)
    list(APPEND sets eagain-mocks)
  endif()
  foreach(set IN LISTS sets)
    install(EXPORT ${set} FILE ${set}-targets.cmake NAMESPACE eagain:: DESTINATION ${EAGAIN_PACKAGE_DIR}
            COMPONENT development)
  endforeach()
  configure_package_config_file(${PROJECT_SOURCE_DIR}/src/eagain-config.cmake.in
                                ${PROJECT_BINARY_DIR}/eagain-config.cmake
                                INSTALL_DESTINATION ${EAGAIN_PACKAGE_DIR})
  write_basic_package_version_file(${PROJECT_BINARY_DIR}/eagain-config-version.cmake
                                   COMPATIBILITY SameMinorVersion)
  install(FILES ${PROJECT_BINARY_DIR}/eagain-config.cmake ${PROJECT_BINARY_DIR}/eagain-config-version.cmake
          DESTINATION ${EAGAIN_PACKAGE_DIR} COMPONENT development)
endfunction()
